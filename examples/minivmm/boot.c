/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills the guest's memory before its first instruction: the kernel where its ELF header says, or
 * an image from 0 on; above it the initramfs, the RTAS stub and room for the tree. Their places go
 * into struct boot. tree.c writes the tree.
 */
#include "minivmm.h"

#include <elf.h>
#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE_ALIGNMENT (64 * 1024ul)
#define IMAGE_ENTRY     0x100     /* the reset vector */

struct blob {
	const char *path;
	const char *bytes;
	size_t size;
};

static struct blob map_file(const char *path)
{
	int fd = check_errno(path, open(path, O_RDONLY | O_CLOEXEC));
	struct blob blob = { .path = path };
	struct stat st;

	check_errno(path, fstat(fd, &st));
	blob.size = (size_t)st.st_size;
	blob.bytes = mmap(NULL, blob.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (blob.bytes == MAP_FAILED)
		fail("%s cannot be mapped", path);
	close(fd);
	return blob;
}

static uint64_t align(uint64_t address)
{
	return (address + PLACE_ALIGNMENT - 1) & ~(PLACE_ALIGNMENT - 1);
}

static void copy(struct minivmm *v, uint64_t gpa, const char *bytes, uint64_t size)
{
	if (gpa > v->options.memory || size > v->options.memory - gpa)
		fail("the guest's memory is too small for what it starts with");
	memcpy(v->ram + gpa, bytes, size);
}

/* Loads the kernel and returns its end. */
static uint64_t load_kernel(struct minivmm *v)
{
	struct blob file = map_file(v->options.kernel);
	const Elf64_Ehdr *header = (const void *)file.bytes;
	const Elf64_Phdr *segment = (const void *)(file.bytes + header->e_phoff);
	uint64_t end = 0;

	if (file.size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_machine != EM_PPC64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_phoff + header->e_phnum * sizeof(*segment) > file.size)
		fail("%s is not a little-endian ppc64 kernel", file.path);
	for (unsigned int i = 0; i < header->e_phnum; i++, segment++) {
		if (segment->p_type != PT_LOAD)
			continue;
		if (segment->p_offset > file.size || segment->p_filesz > file.size - segment->p_offset)
			fail("%s is shorter than its header says", file.path);
		copy(v, segment->p_paddr, file.bytes + segment->p_offset, segment->p_filesz);
		if (segment->p_paddr + segment->p_memsz > end)
			end = segment->p_paddr + segment->p_memsz;
		/* The entry point is a virtual address. */
		if (header->e_entry - segment->p_vaddr < segment->p_memsz)
			v->boot.entry = header->e_entry - segment->p_vaddr + segment->p_paddr;
	}
	munmap((void *)file.bytes, file.size);
	return end;
}

/* Loads an image and returns its end. */
static uint64_t load_image(struct minivmm *v)
{
	struct blob file = map_file(v->options.image);

	copy(v, 0, file.bytes, file.size);
	munmap((void *)file.bytes, file.size);
	v->boot.entry = IMAGE_ENTRY;
	return file.size;
}

/*
 * Writes the RTAS stub, which makes one hypercall with the argument buffer in R4. Its code is
 * big-endian.
 */
static void load_rtas(struct minivmm *v)
{
	const uint32_t code[] = {
		htobe32(0x7c641b78),      /* mr  r4, r3 */
		htobe32(0x38600000),      /* li  r3, 0 */
		htobe32(0x6063f000),      /* ori r3, r3, H_RTAS */
		htobe32(0x44000022),      /* sc  1 */
		htobe32(0x4e800020),      /* blr */
	};

	copy(v, v->boot.rtas, (const char *)code, sizeof(code));
	v->boot.rtas_size = PLACE_ALIGNMENT;
}

void boot_load(struct minivmm *v)
{
	struct boot *boot = &v->boot;

	boot->initrd = boot->initrd_end = align(v->options.image ? load_image(v) : load_kernel(v));
	if (v->options.initrd) {
		struct blob file = map_file(v->options.initrd);

		copy(v, boot->initrd, file.bytes, file.size);
		boot->initrd_end += file.size;
		munmap((void *)file.bytes, file.size);
	}
	boot->rtas = align(boot->initrd_end);
	load_rtas(v);
	boot->tree = boot->rtas + boot->rtas_size;
}
