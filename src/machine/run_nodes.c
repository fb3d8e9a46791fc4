/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets the owners and modes of a run's files. In an open run every user that knows the directory's
 * name can enter it, and only its owner can list it.
 */
#include "machine/run_nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "file/space.h"
#include "machine/control.h"
#include "util/os.h"

#define OPEN_FILE_MODE 0666
#define OWN_FILE_MODE  0600
#define CONTAINER_MODE 0666
#define OPEN_FOLDER_MODE 01733
#define OWN_FOLDER_MODE  0700

/* Opens or makes a file, and sets its mode and owner; chown(2) describes uid and gid. */
static int set(int directory, const char *name, uint32_t uid, uint32_t gid, unsigned int mode)
{
	int fd = os_open_at(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, OWN_FILE_MODE);
	int r;

	if (fd < 0)
		return fd;
	r = os_fchmod(fd, mode);
	/*
	 * The owner is changed last, because we may not change a file after we have given it away.
	 */
	if (!r && (uid != CONFIG_NODE_LAUNCHER || gid != CONFIG_NODE_LAUNCHER))
		r = os_fchown(fd, uid, gid);
	os_close(fd);
	return r;
}

/* Programs make sockets there. In an open run only root can list it, and no user can remove another's. */
static int set_control(int directory, bool is_open)
{
	int fd, r = os_mkdir_at(directory, CONTROL_FOLDER, OWN_FOLDER_MODE);

	if (r)
		return r;
	fd = os_open_at(directory, CONTROL_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	r = os_fchmod(fd, is_open ? OPEN_FOLDER_MODE : OWN_FOLDER_MODE);
	os_close(fd);
	return r;
}

/* Sets the files that all programs use. */
static int set_common(int directory, bool is_open)
{
	const unsigned int mode = is_open ? OPEN_FILE_MODE : OWN_FILE_MODE;
	int r = set(directory, "dev/vfio/vfio", CONFIG_NODE_LAUNCHER, CONFIG_NODE_LAUNCHER, CONTAINER_MODE);

	r = r ? r : set(directory, "state", CONFIG_NODE_LAUNCHER, CONFIG_NODE_LAUNCHER, mode);
	r = r ? r : set_control(directory, is_open);
	return r ? r : set(directory, "told", CONFIG_NODE_LAUNCHER, CONFIG_NODE_LAUNCHER, mode);
}

/*
 * In an open run a function's files are open to all users, because on Linux a descriptor of the
 * group is enough to use its functions, however a program has got it.
 */
static int set_function(int directory, const struct config_function *function, bool is_open)
{
	static const char *const names[] = { "device-%s", "mem-%s" };
	char name[FILE_NAME_SIZE];
	int r = 0;

	if (!is_open)
		return 0;
	for (unsigned int i = 0; i < ARRAY_COUNT(names) && !r; i++) {
		snprintf(name, sizeof(name), names[i], function->address);
		r = set(directory, name, CONFIG_NODE_LAUNCHER, CONFIG_NODE_LAUNCHER, OPEN_FILE_MODE);
	}
	return r;
}

static int set_group(int directory, const struct config_function *function, const struct config_node *node)
{
	char name[FILE_NAME_SIZE];
	int r;

	snprintf(name, sizeof(name), "group-%d", function->group);
	r = set(directory, name, node->uid, node->gid, node->mode);
	snprintf(name, sizeof(name), "dev/vfio/%d", function->group);
	if (r || strcmp(function->driver, VFIO_PCI_DRIVER))
		return r;
	return set(directory, name, node->uid, node->gid, node->mode);
}

/* The group's files are set for its first function only; later they may belong to another user. */
static bool is_first_of_group(const struct stce_config *config, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!config->function[i].is_gone &&
		    config->function[i].group == config->function[n].group &&
		    !strcmp(config->function[i].driver, VFIO_PCI_DRIVER) ==
		    !strcmp(config->function[n].driver, VFIO_PCI_DRIVER))
			return false;
	return true;
}

int run_nodes_add(const struct stce_config *config, unsigned int n, int directory, bool is_open, char *why)
{
	int r = set_function(directory, &config->function[n], is_open);

	if (r || !is_first_of_group(config, n))
		return r;
	r = set_group(directory, &config->function[n], &config->node);
	return r == -EPERM ? config_why(why, r, "node-owner: only root may give files to this owner") : r;
}

int run_nodes_make(const struct stce_config *config, int directory, bool is_open, char *why)
{
	int r = is_open ? os_fchmod(directory, 0711) : 0;

	r = r ? r : set_common(directory, is_open);
	for (unsigned int i = 0; i < config->function_count && !r; i++)
		r = run_nodes_add(config, i, directory, is_open, why);
	return r;
}
