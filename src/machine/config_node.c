/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options "node-owner" and "node-mode" say which users may open a group, as a rule of udev does
 * on Linux. run_nodes.c applies them.
 */
#include "machine/config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

static bool parse_number(const char *text, uint32_t *id)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoul(text, &end, 10);
	*id = (uint32_t)n;
	/* chown(2) takes -1 for "do not change". */
	return !*end && n < UINT32_MAX;
}

/* Names become numbers here, so that a program below the run asks no directory service. */
static bool find_user(const char *name, uint32_t *id)
{
	struct passwd *user = parse_number(name, id) ? NULL : getpwnam(name);

	if (user)
		*id = user->pw_uid;
	return user || parse_number(name, id);
}

static bool find_group(const char *name, uint32_t *id)
{
	struct group *group = parse_number(name, id) ? NULL : getgrnam(name);

	if (group)
		*id = group->gr_gid;
	return group || parse_number(name, id);
}

int config_set_node_owner(struct stce_config *config, const char *value, char *why)
{
	size_t length = strcspn(value, ":");
	struct config_node node = config->node;
	char user[256];

	node.uid = node.gid = CONFIG_NODE_LAUNCHER;
	snprintf(user, sizeof(user), "%.*s", (int)length, value);
	if (!*value || !strcmp(value, ":"))
		return config_why(why, -EINVAL, "node-owner \"%s\": it must be USER, USER:GROUP or :GROUP", value);
	if (*user && !find_user(user, &node.uid))
		return config_why(why, -EINVAL, "node-owner \"%s\": there is no user \"%s\"", value, user);
	if (value[length] && value[length + 1] && !find_group(value + length + 1, &node.gid))
		return config_why(why, -EINVAL, "node-owner \"%s\": there is no group \"%s\"", value,
				  value + length + 1);
	config->node = node;
	return 0;
}

char *config_node_owner_text(const struct stce_config *config)
{
	char user[16] = "", text[64] = "";

	if (config->node.uid != CONFIG_NODE_LAUNCHER)
		snprintf(user, sizeof(user), "%u", config->node.uid);
	if (config->node.gid != CONFIG_NODE_LAUNCHER)
		snprintf(text, sizeof(text), "%s:%u", user, config->node.gid);
	return alloc_text(*text ? text : user);
}

int config_set_node_mode(struct stce_config *config, const char *value, char *why)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (*value < '0' || *value > '7' || *end || mode > 0777)
		return config_why(why, -EINVAL, "node-mode \"%s\": it must be an octal number up to 0777, such as 0660",
				  value);
	config->node.mode = (uint32_t)mode;
	return 0;
}
