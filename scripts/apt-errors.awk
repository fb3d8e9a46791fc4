# SPDX-License-Identifier: BSD-2-Clause
# Reads the output of apt-get, and prints each error once as ADDRESS, a tab and the ANSWER. ADDRESS is - if the error
# is not about a file. Warnings are left out, unless they say that a file was not had or not trusted. Errors that only
# repeat that there were errors are left out, too.

/^[EW]: (Some (index )?files failed|Unable to fetch some archives|Download Failed|Failed to fetch some)/ { next }

/^[EW]: Failed to fetch / {
	address = $5
	sub(/^[EW]: Failed to fetch [^ ]+ */, "")
	told(address)
	next
}

/^E: / || /^W: (GPG error|The repository)/ {
	sub(/^[EW]: /, "")
	told("-")
}

function told(address) {
	sub(/ *\[IP: [^]]*\]/, "")
	gsub(/  +/, " ")
	if (!seen[address, $0]++)
		print address "\t" $0
}
