# SPDX-License-Identifier: BSD-2-Clause
# awk -v name=NAME -f extract.awk PAGE prints the example of that name in a manual page, without mdoc's escapes.
$1 == ".\\\"" && $2 == "example" { wanted = $3 == name; next }
wanted && /^\.Bd/ { inside = 1; next }
/^\.Ed/ { wanted = inside = 0 }
inside {
	gsub(/\\e/, "\\")
	sub(/^\\&/, "")
	print
	found = 1
}
END { exit !found }
