/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program uses liburcu-bp and registers its fork handlers, as liburcu's manual says. It forks
 * beside threads that read, wait for readers and use our files; so does each child. With EMBEDS it
 * has a machine of its own, from libspapr-tce, and uses its files. Symptom: the first fork() hung,
 * because liburcu's handlers ran twice, for the program and for us, and its lock is not recursive.
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <urcu/urcu-bp.h>

#ifdef EMBEDS
#include <spapr-tce/files.h>
#include <spapr-tce/machine.h>

static struct stce_machine *machine;

static bool begin(void)
{
	struct stce_config *config;
	bool good = !stce_config_new(&config) && !stce_config_set(config, "device", "dmatest", NULL) &&
		    !stce_machine_new(config, &machine, NULL);

	stce_config_free(config);
	return good;
}

static bool open_look_close(void)
{
	int fd = stce_open(machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);

	return stce_ioctl(fd, VFIO_GET_API_VERSION, NULL) == 0 && stce_close(fd) == 0;
}
#else
static bool begin(void)
{
	return true;
}

static bool open_look_close(void)
{
	int fd = open_container();

	return is_container(fd) && close(fd) == 0;
}
#endif

#define ROUNDS   20
#define PATIENCE 100u      /* seconds before a hanging child is ended */

static atomic_bool stop;
static atomic_uint used, waited;

static void *use_files(void *argument)
{
	while (!atomic_load(&stop)) {
		urcu_bp_read_lock();
		if (open_look_close())
			atomic_fetch_add(&used, 1);
		urcu_bp_read_unlock();
	}
	return NULL;
}

static void *wait_for_readers(void *argument)
{
	while (!atomic_load(&stop)) {
		urcu_bp_synchronize_rcu();
		atomic_fetch_add(&waited, 1);
	}
	return NULL;
}

/* Runs in a child: all of this must work there, in a thread too. */
static int work(void)
{
	pthread_t thread;

	alarm(PATIENCE);
	urcu_bp_synchronize_rcu();
	atomic_store(&stop, false);
	atomic_store(&used, 0);
	if (!open_look_close() || pthread_create(&thread, NULL, use_files, NULL))
		return 1;
	while (atomic_load(&used) < 2)
		usleep(100);
	atomic_store(&stop, true);
	return pthread_join(thread, NULL);
}

static bool fork_once(void)
{
	pid_t child = fork();

	if (!child)
		_exit(work());
	return status_of_child(child) == 0;
}

int main(void)
{
	pthread_t threads[3];
	bool all = true;

	alarm(PATIENCE);
	if (!begin() || pthread_atfork(urcu_bp_before_fork, urcu_bp_after_fork_parent, urcu_bp_after_fork_child))
		return 1;
	for (int i = 0; i < 3; i++)
		if (pthread_create(&threads[i], NULL, i ? use_files : wait_for_readers, NULL))
			return 1;
	while (!atomic_load(&used) || !atomic_load(&waited))
		usleep(100);
	for (int i = 0; i < ROUNDS; i++)
		all &= fork_once();
	ok(all, "a program with liburcu's fork handlers forks beside its threads, and parent and child go on");
	atomic_store(&stop, true);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return ok_end();
}
