/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program forks while another thread opens the first file, which makes the machine. Both
 * processes continue. Each round is a new process without a machine. Symptom: the program hung,
 * because each of the two threads waited for a lock of the other.
 */
#include "program.h"

#include <pthread.h>

#define ROUNDS 100

static void *use(void *argument)
{
	int fd = open_container();

	return is_container(fd) ? argument : NULL;
}

/* With a longer delay the other thread has come further at the fork. */
static int fork_beside_first_use(int delay)
{
	pthread_t thread;
	void *result = NULL;
	bool worked = false;
	pid_t child;

	if (pthread_create(&thread, NULL, use, &worked))
		return 1;
	usleep((useconds_t)delay);
	child = fork();
	if (!child)
		_exit(use(&worked) ? 0 : 1);
	worked = status_of_child(child) == 0;
	pthread_join(thread, &result);
	return worked && result ? 0 : 1;
}

int main(void)
{
	bool all = true;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t child = fork();

		if (!child)
			_exit(fork_beside_first_use(i * 20));
		all &= status_of_child(child) == 0;
	}
	ok(all, "a child that was forked beside the first use works, and so does its parent");
	return ok_end();
}
