/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many threads use the machine for the first time at the same time. It is attached once, and all
 * calls succeed.
 */
#include "program.h"

#include <pthread.h>

#define THREADS 16
#define ROUNDS  200

static pthread_barrier_t barrier;
static bool worked[THREADS];

static void *use(void *argument)
{
	bool *all = argument;

	pthread_barrier_wait(&barrier);
	*all = true;
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open_container(), copy = dup(fd);

		*all &= is_container(fd) && is_container(copy);
		close(fd);
		*all &= is_container(copy);
		close(copy);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	bool all = true;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, use, &worked[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all &= worked[i];
	}
	ok(all, "every thread's containers work");
	return ok_end();
}
