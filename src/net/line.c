/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's calls and the thread pass the descriptor on by `offered` and `is_wanted`. */
#include "net/line.h"

#include "util/os.h"

#define RETRY_MS  200
#define NS_PER_MS UINT64_C(1000000)

enum { KEY_BELL, KEY_FAR_END };

static void ask(struct line *line, struct own_fd *fd, uint64_t key, unsigned int what)
{
	int set = own_fd_enter(line->set);
	int number = set < 0 ? set : own_fd_enter(fd);

	if (number >= 0) {
		(void)os_wait_ask(set, number, key, what);
		own_fd_leave(fd);
	}
	if (set >= 0)
		own_fd_leave(line->set);
}

static void ring(struct line *line)
{
	uint64_t one = 1;
	int number = own_fd_enter(line->bell);

	if (number < 0)
		return;
	(void)os_write(number, &one, sizeof(one));
	own_fd_leave(line->bell);
}

static void hear(struct line *line)
{
	uint64_t rung;
	int number = own_fd_enter(line->bell);

	if (number < 0)
		return;
	(void)os_read(number, &rung, sizeof(rung));
	own_fd_leave(line->bell);
	ask(line, line->bell, KEY_BELL, OS_WAIT_READABLE);
}

/* Opens a far end for the card, at most once in a while. */
static void try_to_open(struct line *line, uint64_t *tried)
{
	uint64_t now = os_now_ns();
	struct own_fd *fd;

	if (!atomic_load(&line->is_wanted) || now - *tried < RETRY_MS * NS_PER_MS)
		return;
	*tried = now;
	if (own_fd_new(line->open(line->port), &fd))
		return;
	atomic_store(&line->is_wanted, false);
	atomic_store(&line->offered, fd);
	net_ready(line->port);
}

/* If the set is lost to a system call that is not caught, the thread looks from time to time. */
static void wait(struct line *line)
{
	int number = own_fd_peek(line->set);
	uint64_t key = KEY_BELL;
	int r = number < 0 ? number : os_wait_for(number, &key, atomic_load(&line->is_wanted) ? RETRY_MS : -1);

	if (r < 0)
		os_sleep_us(RETRY_MS * 1000);
	if (r > 0 && key == KEY_BELL)
		hear(line);
	else if (r)
		net_ready(line->port);
}

static void *run(void *context)
{
	struct line *line = context;
	uint64_t tried = 0;

	while (!atomic_load(&line->stop)) {
		try_to_open(line, &tried);
		wait(line);
	}
	return NULL;
}

static void free_descriptors(struct line *line)
{
	own_fd_free(line->set);
	own_fd_free(line->bell);
	line->set = line->bell = NULL;
}

int line_start(struct line *line, struct net_port *port, int (*open)(struct net_port *port))
{
	int r;

	line->port = port;
	line->open = open;
	line->fd = line->set = line->bell = NULL;
	atomic_store(&line->offered, NULL);
	atomic_store(&line->stop, false);
	atomic_store(&line->is_wanted, true);
	r = own_fd_new(os_wait_set(), &line->set);
	if (!r)
		r = own_fd_new(os_eventfd(), &line->bell);
	if (!r) {
		ask(line, line->bell, KEY_BELL, OS_WAIT_READABLE);
		r = net_thread_start(&line->thread, run, line);
	}
	if (r)
		free_descriptors(line);
	return r;
}

void line_stop(struct line *line)
{
	atomic_store(&line->stop, true);
	ring(line);
	pthread_join(line->thread, NULL);
	own_fd_free(atomic_exchange(&line->offered, NULL));
	own_fd_free(line->fd);
	line->fd = NULL;
	free_descriptors(line);
}

bool line_look(struct line *line, bool *is_new)
{
	*is_new = false;
	if (!line->fd && atomic_load_explicit(&line->offered, memory_order_relaxed)) {
		line->fd = atomic_exchange(&line->offered, NULL);
		*is_new = true;
	}
	return line->fd != NULL;
}

void line_drop(struct line *line)
{
	own_fd_free(line->fd);
	line->fd = NULL;
	atomic_store(&line->is_wanted, true);
	ring(line);
}

void line_ask(struct line *line, bool to_write)
{
	ask(line, line->fd, KEY_FAR_END, OS_WAIT_READABLE | (to_write ? OS_WAIT_WRITABLE : 0));
}
