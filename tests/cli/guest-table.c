/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM without vCPUs. It makes a guest table by KVM's ioctls and maps it. It exits with 0 if both
 * succeed.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define CREATE_VM             _IO(0xae, 0x01)
#define CREATE_SPAPR_TCE_64   _IOW(0xae, 0xa8, struct create_spapr_tce_64)

struct create_spapr_tce_64 {
	uint64_t liobn;
	uint32_t page_shift, flags;
	uint64_t offset, size;
};

int main(void)
{
	struct create_spapr_tce_64 p = { 0x80000001, 12, 0, 0, 512 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = ioctl(kvm, CREATE_VM, 0), table = ioctl(vm, CREATE_SPAPR_TCE_64, &p);
	uint64_t *entry = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);

	if (kvm < 0 || vm < 0 || table < 0 || entry == MAP_FAILED)
		return 1;
	entry[511] = 3;
	return entry[0] != 0;
}
