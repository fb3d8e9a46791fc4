/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves a command's data. */
#ifndef STCE_NVME_DATA_H
#define STCE_NVME_DATA_H

#include "nvme/ctrl.h"

/* Between the host's memory behind a command's PRPs and a buffer. */
uint16_t nvme_data_send(struct nvme *nvme, const struct nvme_command *command,
			const void *buffer, uint64_t length);
uint16_t nvme_data_receive(struct nvme *nvme, const struct nvme_command *command,
			   void *buffer, uint64_t length);
/* Between that memory and the backing, at a byte offset. */
uint16_t nvme_data_read(struct nvme *nvme, const struct nvme_request *request,
			uint64_t offset, uint64_t length);
uint16_t nvme_data_write(struct nvme *nvme, const struct nvme_request *request,
			 uint64_t offset, uint64_t length);
uint16_t nvme_data_compare(struct nvme *nvme, const struct nvme_request *request,
			   uint64_t offset, uint64_t length);

#endif
