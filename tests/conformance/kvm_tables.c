/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest tables: capabilities, creation, LIOBNs, charges. */
#include "kvm.h"

static const int capabilities[] = {
	KVM_CAP_SPAPR_TCE, KVM_CAP_SPAPR_MULTITCE, KVM_CAP_SPAPR_TCE_64, KVM_CAP_SPAPR_TCE_VFIO, KVM_CAP_PPC_ENABLE_HCALL,
};

CASE("K01", "the capabilities, of the system and of a VM")
{
	int kvm;

	new_vm();
	kvm = (int)must(open("/dev/kvm", O_RDWR), "/dev/kvm");
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++) {
		told(answer(ioctl(kvm, KVM_CHECK_EXTENSION, capabilities[i])), "system: CHECK_EXTENSION(%d)",
		     capabilities[i]);
		told(answer(ioctl(vm, KVM_CHECK_EXTENSION, capabilities[i])), "VM: CHECK_EXTENSION(%d)",
		     capabilities[i]);
	}
}

CASE("C107", "page sizes from 2^12 to 2^34")
{
	new_vm();
	for (uint32_t shift = 0; shift < 66; shift++)
		table_raw(shift, shift, 0, 0, 1);
	table_raw(100, 0xffffffff, 0, 0, 1);
	table_raw(101, 0x8000000c, 0, 0, 1);
}

CASE("C108", "size 0, flags, a bad pointer")
{
	new_vm();
	table_raw(1, 12, 0, 0, 0);
	table_raw(1, 12, 1, 0, 1);
	table_raw(1, 12, 0x80000000, 0, 1);
	told(answer(ioctl(vm, KVM_CREATE_SPAPR_TCE_64, NULL)), "CREATE_64(NULL)");
	told(answer(ioctl(vm, KVM_CREATE_SPAPR_TCE, NULL)), "CREATE(NULL)");
	table_raw(1, 12, 0, 0, 1);
}

CASE("K02", "two defects in one call")
{
	new_vm();
	table(1, 1);
	table_raw(1, 11, 1, 0, 0);
	table_raw(1, 12, 1, 0, 1);
	table_raw(1, 11, 0, 0, 1);
	table_raw(1, 12, 0, 0, 0);
	table_raw(1, 12, 0, ~0ULL >> 12, 1);
	table_raw(1, 12, 0, 0, 1ULL << 40);
	table_raw(2, 12, 0, 0, 1ULL << 40);
	table_raw(2, 12, 1, 0, 1ULL << 40);
	table_32(1, 0);
	table_32(1, 4095);
}

CASE("K03", "a table that cannot be charged and has a taken name")
{
	new_vm();
	table(1, 1);
	limit_memory(1 << 20);
	table(1, 1 << 20);
	table_raw(1, 12, 1, 0, 1 << 20);
	table_raw(1, 11, 0, 0, 1 << 20);
	table(2, 1 << 20);
	table(1, 1);
	table(2, 1);
}

CASE("C109", "an end beyond 2^64")
{
	new_vm();
	table_raw(1, 12, 0, ~0ULL, 2);
	table_raw(2, 12, 0, ~0ULL, 1);
}

CASE("K04", "how far a table of 4K pages may reach")
{
	new_vm();
	table_raw(1, 12, 0, 0xfffffffffffefULL, 0x10);
	table_raw(2, 12, 0, 0xffffffffffff0ULL, 0x10);
	table_raw(3, 12, 0, 0xffffffffffffeULL, 1);
	table_raw(4, 12, 0, 0xfffffffffffffULL, 1);
	table_raw(5, 12, 0, 1ULL << 52, 1);
	table_raw(6, 12, 0, 1ULL << 63, 1);
}

CASE("K05", "how far a table of 16G pages may reach")
{
	new_vm();
	table_raw(1, 34, 0, 0x3fffffef, 0x10);
	table_raw(2, 34, 0, 0x3ffffff0, 0x10);
	table_raw(3, 34, 0, 0x3ffffffe, 1);
	table_raw(4, 34, 0, 0x3fffffff, 1);
	table_raw(5, 34, 0, 0, 0x3fffffff);
	table_raw(6, 34, 0, 0, 0x40000000);
}

CASE("K06", "sizes of 64 bits")
{
	static const uint64_t sizes[] = {
		1ULL << 34, 1ULL << 40, 1ULL << 51, (1ULL << 52) - 1, 1ULL << 52, 1ULL << 60, 1ULL << 61, ~0ULL,
	};

	new_vm();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		table(i, sizes[i]);
}

CASE("C110", "a name is taken for both ioctls")
{
	int fd;

	new_vm();
	fd = table(0x1234, 0x10000);
	table_32(0x1234, 0x10000);
	table(0x1234, 1);
	table_raw(0x1234, 16, 0, 0x100, 1);
	close_fd(fd, "the table");
	fd = table_32(0x1234, 0x10000);
	table(0x1234, 0x10000);
	close_fd(fd, "the table");
	table(0x1234, 0x10000);
}

CASE("C111", "names have 64 bits")
{
	new_vm();
	table(1, 1);
	table(1ULL << 32 | 1, 1);
	table(1ULL << 63 | 1, 1);
	table(0, 1);
	table(~0ULL, 1);
	table(0xffffffff, 1);
	table(0, 1);
	table(~0ULL, 1);
	table(1ULL << 63 | 1, 1);
}

CASE("C112", "the 32-bit ioctl counts whole pages of 4K")
{
	static const uint32_t sizes[] = { 0, 1, 0xfff, 0x1000, 0x1001, 0x201000, 0x80000000, 0xffffffff };
	int fd;

	new_vm();
	ram();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if ((fd = table_32(1, sizes[i])) >= 0) {
			put(1, (sizes[i] & ~0xfffULL) - 0x1000, 0x100000);
			put(1, sizes[i] & ~0xfffULL, 0x100000);
			close_fd(fd, "the table");
		}
}

static void make_tables(void)
{
	table(7, 1);
	table_32(7, 4096);
	table_raw(7, 11, 1, 0, 0);
	told(answer(ioctl(vm, KVM_CREATE_SPAPR_TCE_64, NULL)), "CREATE_64(NULL)");
	told(answer(ioctl(vm, KVM_CREATE_SPAPR_TCE, NULL)), "CREATE(NULL)");
	told(answer(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_SPAPR_TCE)), "CHECK_EXTENSION");
}

CASE("C113", "a VM serves the process that made it")
{
	new_vm();
	in_child(make_tables);
	table(7, 1);
}

CASE("K07", "two VMs have names of their own")
{
	new_vm();
	table(1, 1);
	new_vm();
	table(1, 1);
	table(1, 1);
	use_vm(0);
	table(1, 1);
	table(2, 1);
}

CASE("K08", "many tables")
{
	new_vm();
	for (uint64_t n = 0; n < 40; n++)
		table(n * 64, 512 << n % 4);
	for (uint64_t n = 0; n < 40; n += 13)
		table(n * 64, 1);
}

CASE("K09", "a table is no ioctl of the system")
{
	int kvm;

	new_vm();
	kvm = (int)must(open("/dev/kvm", O_RDWR), "/dev/kvm");
	told(answer(ioctl(kvm, KVM_CREATE_SPAPR_TCE_64, NULL)), "system: CREATE_64(NULL)");
	told(answer(ioctl(kvm, KVM_CREATE_SPAPR_TCE, NULL)), "system: CREATE(NULL)");
}

CASE("K10", "a table's descriptor does nothing but be mapped")
{
	char buffer[8] = "";
	int fd;

	new_vm();
	fd = table(1, 512);
	note("flags %#x, %s on exec", fcntl(fd, F_GETFL) & O_ACCMODE, fcntl(fd, F_GETFD) & FD_CLOEXEC ? "closed" : "open");
	told(answer(read(fd, buffer, sizeof(buffer))), "read");
	told(answer(write(fd, buffer, sizeof(buffer))), "write");
	told(answer(pread(fd, buffer, sizeof(buffer), 0)), "pread");
	told(answer(pwrite(fd, buffer, sizeof(buffer), 0)), "pwrite");
	told(answer(lseek(fd, 8, SEEK_SET)), "lseek");
	told(answer(ioctl(fd, KVM_CREATE_SPAPR_TCE_64, NULL)), "CREATE_64");
	told(answer(ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_SPAPR_TCE)), "CHECK_EXTENSION");
	told(answer(ioctl(fd, VFIO_GET_API_VERSION)), "GET_API_VERSION");
	told(answer(ftruncate(fd, 0)), "ftruncate");
}

static void charges(uint64_t size)
{
	int fd = table(1, size);

	if (fd >= 0)
		close_fd(fd, "the table");
}

CASE("C116", "what a table charges")
{
	static const uint64_t sizes[] = {
		1, 2, 0x200, 0x201, 0x2000, 0x2001, 0x10000, 0x40000, 0x80000, 0x3fffff, 1 << 28, 1 << 29,
	};

	new_vm();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		charges(sizes[i]);
}

CASE("K11", "the charge of the header")
{
	new_vm();
	for (uint64_t pages = 490; pages <= 504; pages++)
		charges(pages * 512);
	for (uint64_t pages = 8170; pages <= 8194; pages += 3)
		charges(pages * 8192);
}

CASE("K12", "the largest table")
{
	new_vm();
	charges(1ULL << 29);
	charges((1ULL << 30) - 512 * 16);
	charges((1ULL << 30) - 512 * 15);
	charges((1ULL << 30) - 512 * 14);
	charges(1ULL << 30);
	charges((1ULL << 34) - 8192 * 16);
	charges((1ULL << 34) - 8192 * 15);
	charges((1ULL << 34) - 8192 * 14);
	charges(1ULL << 34);
}

CASE("K13", "page size and offset do not change the charge")
{
	new_vm();
	table_raw(1, 16, 0, 0, 0x10000);
	table_raw(2, 34, 0, 0, 0x10000);
	table_raw(3, 12, 0, 1 << 30, 0x10000);
	table_raw(4, 13, 0, 3, 0x10000);
}

CASE("K14", "the limit of locked memory")
{
	int fd;

	new_vm();
	limit_memory(12 * page);
	fd = table(1, page / 8 * 11);
	table(2, 1);
	close_fd(fd, "the table");
	table(1, page / 8 * 12);
	table(1, page / 8 * 9);
	table(2, page / 8);
	table(2, 1);
}

CASE("K15", "tables and registered memory share the limit")
{
	int fd;

	v2();
	new_vm();
	limit_memory(16 * page);
	reg(0, 8);
	fd = table(1, page / 8 * 6);
	table(2, page / 8 * 7);
	reg(8, 2);
	reg(8, 1);
	close_fd(fd, "the table");
	table(2, page / 8 * 7);
}

CASE("K16", "a refused table charges nothing and leaves no descriptor")
{
	int before, after;

	new_vm();
	table(1, 1);
	before = dup(0);
	close(before);
	for (int i = 0; i < 3; i++) {
		table(1, 0x10000);
		table_raw(2, 12, 1, 0, 0x10000);
		table_raw(2, 40, 0, 0, 0x10000);
	}
	after = dup(0);
	note("the next free descriptor is %s", after == before ? "the same" : "another");
}
