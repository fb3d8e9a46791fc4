/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves the data of one command, which its PRPs locate in host memory. */
#ifndef STCE_NVME_DATA_H
#define STCE_NVME_DATA_H

#include "nvme/ctrl.h"

/* Copy a buffer to host memory, or host memory to a buffer. */
uint16_t nvme_data_send(struct nvme *nvme, const struct nvme_command *command,
			const void *buffer, uint64_t length);
uint16_t nvme_data_receive(struct nvme *nvme, const struct nvme_command *command,
			   void *buffer, uint64_t length);
/* Move or compare blocks between host memory and the backing; offset and length are in bytes. */
uint16_t nvme_data_read(struct nvme *nvme, const struct nvme_request *request,
			uint64_t offset, uint64_t length);
uint16_t nvme_data_write(struct nvme *nvme, const struct nvme_request *request,
			 uint64_t offset, uint64_t length);
uint16_t nvme_data_compare(struct nvme *nvme, const struct nvme_request *request,
			   uint64_t offset, uint64_t length);

#endif
