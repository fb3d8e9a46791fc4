/* SPDX-License-Identifier: BSD-2-Clause */
/* A static program, into which nothing can be preloaded. */
int main(void)
{
	return 0;
}
