/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the stacks of own_stack.h. A stack is a mapping with a page without access below it, and the
 * destructor of a thread key unmaps it.
 */
#include "util/own_stack.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "util/os.h"

static __thread char *stack;        /* its lowest byte, which is that of the page without access */
static pthread_key_t key;
static bool has_key;

static size_t size_of_guard(void)
{
	return (size_t)1 << os_page_shift();
}

static size_t size_of_mapping(void)
{
	return size_of_guard() + align_up(OWN_STACK_SIZE, size_of_guard());
}

static void give_back(void *value)
{
	stack = NULL;
	os_munmap(value, size_of_mapping());
}

static bool make(void)
{
	char *made = os_mmap(NULL, size_of_mapping(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK,
			     -1, 0);

	if (os_is_error(made))
		return false;
	if (os_mprotect(made + size_of_guard(), size_of_mapping() - size_of_guard(), PROT_READ | PROT_WRITE)) {
		os_munmap(made, size_of_mapping());
		return false;
	}
	stack = made;
	if (has_key)
		pthread_setspecific(key, made);
	return true;
}

static bool is_in(const char *start, size_t size, const void *p)
{
	return start && (uintptr_t)p - (uintptr_t)start < size;
}

struct call {
	void (*fn)(void *argument);
	void *argument;
	const stack_t *alternate;     /* NULL: the caller is not on it */
};

static void run(void *argument)
{
	const struct call *call = argument;
	const stack_t none = { .ss_flags = SS_DISABLE };

	if (call->alternate)
		sigaltstack(&none, NULL);
	call->fn(call->argument);
	if (call->alternate)
		sigaltstack(call->alternate, NULL);
}

bool own_stack_run(void (*fn)(void *argument), void *argument, const stack_t *alternate)
{
	const void *here = __builtin_frame_address(0);
	struct call call = { .fn = fn, .argument = argument };

	if (is_in(stack, size_of_mapping(), here)) {
		fn(argument);
		return true;
	}
	if (!stack && !make())
		return false;
	if (is_in(alternate->ss_sp, alternate->ss_size, here))
		call.alternate = alternate;
	own_stack_arch_call(run, &call, stack + size_of_mapping());
	return true;
}

/* This runs early so that the key is one of the first, for whose values libc needs no memory. */
__attribute__((constructor(101))) static void begin(void)
{
	int saved = errno;

	has_key = !pthread_key_create(&key, give_back);
	errno = saved;
}

/* After the library has been unloaded, a thread that ends must not call give_back(). */
__attribute__((destructor)) static void end(void)
{
	if (has_key)
		pthread_key_delete(key);
	has_key = false;
}
