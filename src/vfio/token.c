/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements token.h [linux vfio_pci_core_match, vfio_pci_validate_vf_token]. A physical function's user
 * chooses the token while no virtual function is open, and must know it afterwards. A virtual function whose
 * physical one has another driver than vfio-pci has none.
 *
 * [DIFF-77] The token belongs to the process, as the card does: another process cannot open the virtual
 * functions of a card that vfio-pci has, because this one drives the card.
 */
#include "vfio/token.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/os.h"
#include "util/reason.h"

#define WORD      "vf_token="
#define TEXT_SIZE 36u       /* of a UUID: 32 digits and four dashes */

int vfio_token_init(struct vfio_member *member)
{
	if (member->function->config.sriov && os_random(member->token, VFIO_TOKEN_SIZE))
		return REASON(-EIO, "there are no random numbers for the vf_token of %s", member->function->address);
	return 0;
}

static bool parse_uuid(const char *text, uint8_t token[VFIO_TOKEN_SIZE])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TEXT_SIZE; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (!isxdigit((unsigned char)text[i]) || !isxdigit((unsigned char)text[i + 1]))
			return false;
		token[n++] = (uint8_t)strtoul((const char[]){ text[i], text[i + 1], 0 }, NULL, 16);
		i++;
	}
	return true;
}

/* Returns whether there is a token, or -EINVAL. A second one is an unknown word. */
static int read_words(const char *words, uint8_t token[VFIO_TOKEN_SIZE])
{
	int found = 0;

	while (*(words += strspn(words, " "))) {
		if (found || strncmp(words, WORD, strlen(WORD)) || !parse_uuid(words + strlen(WORD), token))
			return REASON(-EINVAL, "\"%s\" cannot follow the device's name", words);
		words += strlen(WORD) + TEXT_SIZE;
		found = 1;
	}
	return found;
}

static struct vfio_member *physical_of(const struct vfio_member *member)
{
	vfio_for_each_function(fn, member->group->host)
		if (fn->function == member->function->physical)
			return container_of(fn, struct vfio_member, host);
	return NULL;
}

/* A group that the configuration has given to the physical function as well is locked already. */
static bool is_open_locked(const struct vfio_member *physical, const struct vfio_member *member)
{
	bool is_locked = member->group == physical->group, r;

	if (!is_locked)
		pthread_mutex_lock(&member->group->lock);
	r = member->open_devices;
	if (!is_locked)
		pthread_mutex_unlock(&member->group->lock);
	return r;
}

/* A virtual function that is being opened was judged by the token already. */
static bool has_open_vfs_locked(const struct vfio_member *physical)
{
	if (physical->vfs_opening)
		return true;
	vfio_for_each_function(fn, physical->group->host)
		if (fn->function->physical == physical->function &&
		    is_open_locked(physical, container_of(fn, struct vfio_member, host)))
			return true;
	return false;
}

static int judge_locked(const struct vfio_member *physical, bool has_token, const uint8_t token[VFIO_TOKEN_SIZE])
{
	if (!has_token)
		return REASON(-EACCES, "the device needs the vf_token of %s", physical->host.address);
	if (memcmp(physical->token, token, VFIO_TOKEN_SIZE))
		return REASON(-EACCES, "it is not the vf_token of %s", physical->host.address);
	return 0;
}

static int begin_virtual(const struct vfio_member *member, bool has_token, const uint8_t token[VFIO_TOKEN_SIZE])
{
	struct vfio_member *physical = physical_of(member);
	bool is_needed = physical && vfio_host_function_has(&physical->host, VFIO_PCI_DRIVER);
	int r;

	if (has_token && !is_needed)
		return REASON(-EINVAL, "vfio-pci does not have the physical function, so there is no vf_token");
	if (!physical)
		return 0;
	pthread_mutex_lock(&physical->group->lock);
	r = is_needed ? judge_locked(physical, has_token, token) : 0;
	if (!r)
		physical->vfs_opening++;
	pthread_mutex_unlock(&physical->group->lock);
	return r;
}

static int begin_physical(struct vfio_member *member, bool has_token, const uint8_t token[VFIO_TOKEN_SIZE])
{
	int r = 0;

	pthread_mutex_lock(&member->group->lock);
	if (has_open_vfs_locked(member))
		r = judge_locked(member, has_token, token);
	else if (has_token)
		memcpy(member->token, token, VFIO_TOKEN_SIZE);
	pthread_mutex_unlock(&member->group->lock);
	return r;
}

int vfio_token_begin(struct vfio_member *member, const char *words)
{
	uint8_t token[VFIO_TOKEN_SIZE];
	int has_token = read_words(words, token);

	if (has_token < 0)
		return has_token;
	if (member->function->physical)
		return begin_virtual(member, has_token, token);
	if (member->function->config.sriov)
		return begin_physical(member, has_token, token);
	return has_token ? REASON(-EINVAL, "only a function that has or is a virtual one has a vf_token") : 0;
}

void vfio_token_end(struct vfio_member *member)
{
	struct vfio_member *physical = member->function->physical ? physical_of(member) : NULL;

	if (!physical)
		return;
	pthread_mutex_lock(&physical->group->lock);
	physical->vfs_opening--;
	pthread_mutex_unlock(&physical->group->lock);
}
