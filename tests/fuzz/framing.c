/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far end of a stream port: frames of any length that are cut anywhere, and bytes that are no
 * frame. A plain decoder of the whole stream says which frame comes next.
 */
#include "net/framing.h"

#include <errno.h>

#include "fuzz.h"

#define STREAM_SIZE (512 * 1024u)

static struct framing framing;

/* The stream: the bytes before `made` exist, those before `fed` were received, those before `taken` judged. */
static uint8_t stream[STREAM_SIZE];
static uint32_t made, fed, taken;
static uint64_t runts;

static void begin(void)
{
	framing_reset(&framing);
	made = fed = taken = 0;
}

static void make_bytes(struct fuzz_input *in, uint32_t count)
{
	uint32_t seed = fuzz_u8(in);

	while (count-- && made < STREAM_SIZE) {
		stream[made] = (uint8_t)(made * 167 + (made >> 8) + seed);
		made++;
	}
}

/* Makes a length that is at a limit, near one, or any. */
static uint32_t take_length(struct fuzz_input *in)
{
	static const uint32_t limits[] = {
		0, NET_FRAME_SIZE_MIN, 60, 1514, NET_FRAME_SIZE_MAX, NET_FRAME_SIZE_MAX + FRAMING_PREFIX, 1u << 31, 0,
	};
	uint8_t kind = fuzz_u8(in);

	if (kind & 0x80)
		return fuzz_u16(in);
	if (kind & 0x40)
		return fuzz_u32(in);
	return limits[kind % 8] + (kind >> 3) % 4 - 1;
}

/* A frame, with all of its bytes or fewer or more. */
static void make_frame(struct fuzz_input *in)
{
	uint32_t length = take_length(in), cut = fuzz_u8(in);

	if (made + FRAMING_PREFIX > STREAM_SIZE)
		return;
	framing_put_length(stream + made, length);
	made += FRAMING_PREFIX;
	if (length > NET_FRAME_SIZE_MAX)
		length = 0;
	make_bytes(in, cut & 1 ? length * (cut >> 1) / 64 : length);
}

/* Answers as framing_peek() must: the next whole frame, or the end of the stream. */
static int expect(const uint8_t **frame, uint32_t *length)
{
	*frame = NULL;
	while (fed - taken >= FRAMING_PREFIX) {
		const uint8_t *at = stream + taken;

		*length = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
		if (*length > NET_FRAME_SIZE_MAX)
			return -EPROTO;
		if (fed - taken - FRAMING_PREFIX < *length)
			return 0;
		if (*length >= NET_FRAME_SIZE_MIN) {
			*frame = at + FRAMING_PREFIX;
			return 0;
		}
		taken += FRAMING_PREFIX + *length;
		runts++;
	}
	return 0;
}

/* Compares the next frame with the wanted one. Returns its length, or 0 if there is none. */
static uint32_t look(void)
{
	const uint8_t *wanted;
	uint32_t wanted_length = 0, length = 0;
	const void *frame;
	int wanted_result = expect(&wanted, &wanted_length);

	FUZZ_CHECK(framing_peek(&framing, &frame, &length) == wanted_result);
	FUZZ_CHECK(framing.runts == runts && !frame == !wanted);
	FUZZ_CHECK(framing_is_torn(&framing) == (taken != fed));
	if (wanted_result)
		begin();
	if (!frame)
		return 0;
	FUZZ_CHECK(length == wanted_length);
	FUZZ_CHECK((const unsigned char *)frame + length <= framing.bytes + framing.end);
	FUZZ_CHECK(!memcmp(frame, wanted, length));
	return length;
}

/* Returns whether a frame was taken. */
static bool take(void)
{
	uint32_t length = look();

	if (!length)
		return false;
	framing_pop(&framing);
	taken += FRAMING_PREFIX + length;
	return true;
}

/* Receives up to so many bytes. Where no whole frame is held, there is room for the rest of one. */
static void receive(uint32_t count)
{
	bool has_frame = look();
	uint32_t room;
	void *to = framing_room(&framing, &room);

	FUZZ_CHECK(room <= FRAMING_SIZE && (has_frame || room >= NET_FRAME_SIZE_MAX));
	FUZZ_CHECK((unsigned char *)to + room == framing.bytes + FRAMING_SIZE);
	count = (uint32_t)min_u64(count, min_u64(room, made - fed));
	memcpy(to, stream + fed, count);
	framing_add(&framing, count);
	fed += count;
}

static void take_step(struct fuzz_input *in)
{
	switch (fuzz_u8(in) % 8) {
	case 0:
	case 1:
		make_frame(in);
		break;
	case 2:
		make_bytes(in, fuzz_u8(in));
		break;
	case 3:
		receive(fuzz_u8(in) % 8);
		break;
	case 4:
		receive(fuzz_u16(in));
		break;
	case 5:
		receive(STREAM_SIZE);
		break;
	case 6:
		take();
		break;
	case 7:
		begin();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	framing.runts = runts = 0;
	begin();
	for (; fuzz_has_more(&in); fuzz_calls++)
		take_step(&in);
	do
		receive(STREAM_SIZE);
	while (take() || fed != made);
	return 0;
}
