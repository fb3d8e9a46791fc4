/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saves a function as bytes, config space first and then the type's own part, and restores it. All
 * bytes are judged before the function changes.
 */
#include "dev/function.h"

#include <errno.h>
#include <string.h>

#include "util/alloc.h"
#include "util/reason.h"

struct function_saved {
	uint8_t config[PCI_CONFIG_SAVED_SIZE];
	void *state;
};

/* The state of a card with virtual functions is also theirs, and a type saves only its own. */
static int check_locked(const struct function *fn)
{
	if (!fn->ops->save)
		return REASON(-EOPNOTSUPP, "%s: the state of a function of type %s cannot be saved", fn->address, fn->type);
	if (pci_config_vfs(&fn->config))
		return REASON(-EOPNOTSUPP, "%s: the state of a function that has virtual functions cannot be saved, and it has %u",
			      fn->address, pci_config_vfs(&fn->config));
	return 0;
}

static int save_locked(struct function *fn, struct pack *to)
{
	int r = check_locked(fn);

	if (r)
		return r;
	pack_bytes(to, fn->config.value, PCI_CONFIG_SAVED_SIZE);
	fn->ops->save(fn, to);
	return to->has_failed ? REASON(-ENOMEM, "no memory for a function's state") : 0;
}

int function_save(struct function *fn, struct pack *to)
{
	int r;

	pthread_mutex_lock(&fn->lock);
	r = save_locked(fn, to);
	pthread_mutex_unlock(&fn->lock);
	return r;
}

static int judge_locked(struct function *fn, struct unpack *from, struct function_saved *saved)
{
	const void *config = unpack_bytes(from, sizeof(saved->config));
	int r = check_locked(fn);

	if (!r)
		r = config ? pci_config_judge(&fn->config, config) : -EPROTO;
	if (!r)
		r = fn->ops->judge(fn, from, &saved->state);
	if (r)
		return r;
	memcpy(saved->config, config, sizeof(saved->config));
	return 0;
}

int function_judge(struct function *fn, struct unpack *from, struct function_saved **out)
{
	struct function_saved *saved = ALLOC(struct function_saved);
	int r;

	if (!saved)
		return REASON(-ENOMEM, "no memory for a function's state");
	pthread_mutex_lock(&fn->lock);
	r = judge_locked(fn, from, saved);
	pthread_mutex_unlock(&fn->lock);
	if (!r && !unpack_is_done(from))
		r = REASON(-EPROTO, "%s: the saved state has a wrong length", fn->address);
	if (r) {
		function_saved_free(saved);
		return r;
	}
	*out = saved;
	return 0;
}

void function_apply(struct function *fn, struct function_saved *saved)
{
	pthread_mutex_lock(&fn->lock);
	pci_config_apply(&fn->config, saved->config);
	fn->ops->apply(fn, saved->state);
	pthread_mutex_unlock(&fn->lock);
	function_saved_free(saved);
}

void function_saved_free(struct function_saved *saved)
{
	if (!saved)
		return;
	free(saved->state);
	free(saved);
}
