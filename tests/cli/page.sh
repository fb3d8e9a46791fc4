#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# spapr-tce report makes a page from a report: strict XML with all parts, which names nothing outside itself, whatever the
# report holds. $1 is a program that makes a window and has a device write through it (tests/shim/told-of-writes.c).
. "$(dirname "$0")/lib.sh"
client=$(realpath "$1")
report=$work/run.json page=$work/page.html
# counted EXPRESSION: evaluates XPath, in which "s:" stands for SVG and "h:" for XHTML
counted() {
    python3 - "$page" "$1" <<'END'
import sys, xml.etree.ElementTree as tree
names = {'s': 'http://www.w3.org/2000/svg', 'h': 'http://www.w3.org/1999/xhtml'}
print(len(tree.parse(sys.argv[1]).getroot().findall(sys.argv[2], names)))
END
}
strict() {
    if command -v xmllint >/dev/null; then xmllint --noout --nonet "$1" 2>&1; else
        python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1" 2>&1; fi
}

run run --quiet --report "$report" --device dmatest --memlock 1G -- sh -c "'$client' '<&\">'; sleep 0.3"
run report "$report" -o "$page"
ok 'a page is made' '0//' "$status/$out/$err"
ok 'it is strict XML' '' "$(strict "$page")"
ok 'words of the program cannot become markup' '1/0' "$(grep -c '<h1>.*&#60;&#38;&#34;&#62;' "$page")/$(grep -c '<&' "$page")"
for id in map life pages dma calls memory kinds; do
    ok "there is a picture of $id" 1 "$(counted ".//s:svg[@id='$id']")"
done
ok 'each window is on the map and on the time line' "$(jq '.windows | length' "$report") $(jq '.windows | length' "$report")" \
    "$(counted ".//s:rect[@class='window']") $(counted ".//s:rect[@class='life']")"
ok 'each line has a point for each sample' "$(jq '.series.time | length' "$report")" \
    "$(sed -n 's/.*class="line".*points="\([^"]*\)".*/\1/p' "$page" | head -n 1 | wc -w)"
ok 'each kind of call has a bar' 12 "$(counted ".//s:rect[@class='kind']")"
ok 'it names nothing outside itself' '' \
    "$(grep -oE '( src=|href=|url\(|@import|<script|<link)[^ ]*' "$page"; grep -oE 'https?://[^"]*' "$page" | grep -v '^http://www.w3.org/')"

jq '.first_faults = [{group: 1, ioba: "0x1000", cause: "<none>", time: 0.1}, {group: 2, ioba: "0x2000", cause: "x", time: 0.2}]' \
    "$report" >"$work/faults.json"
run report "$work/faults.json" -o "$page"
ok 'each fault is a mark on the time line' 2 "$(counted ".//s:line[@class='fault']")"

jq '.windows[-1] += {start: "0x0", size: 1073741824, occupancy: {time: [0.1, 0.2], mapped: [16, 32], table_bytes: [0, 65536], most: 32,
    cells: ([50, 0, 100] + [range(29) | 0])}}' "$report" >"$work/occupied.json"
run report "$work/occupied.json" -o "$page"
ok 'parts of a window in which pages are mapped are dark, by how many' '0.62 1.00' "$(grep -o 'class="cell".*' "$page" |
    sed 's/.*fill-opacity="\([0-9.]*\)".*/\1/' | xargs)"
ok 'and pages that are mapped are an area over time, with their most' '1/at most 32 pages mapped/32 64K' \
    "$(counted ".//s:polygon[@class='occupancy']")/$(sed -n 's/.*<title>\(at most.*\)<.title><.polygon>/\1/p' "$page")/$(
    sed -n 's/.*<td class="n">\(32\)<.td><td class="n">\(64K\)<.*/\1 \2/p' "$page")"

jq '.explained = ["1 s: <b>", "2 s"]' "$report" >"$work/explained.json"
run report "$work/explained.json" -o "$page"
ok 'each explanation of a fault is there, and is no markup' '2/' \
    "$(counted ".//h:pre[@class='explained']")/$(strict "$page")$(grep -o '<b>' "$page")"

jq '.complete = false' "$report" >"$work/killed.json"
run report "$work/killed.json" -o "$page"
ok 'a run that had not ended is told from one that has' 1 "$(grep -c 'id="facts".*had not ended' "$page")"

# Reports that were damaged or come from elsewhere.
for damage in '.series = 5' '.windows = [1, {start: "x", size: -1, page_shift: 99, levels: 1000000}]' '.counters = []' \
    '.series.time = ["a", null] | .duration = -1e300' '.program = [null, {a: 1}, "\u0001\u00ff"]' 'del(.duration, .windows)' \
    '.series.pages_mapped = [1e30, -5]' \
    '.windows[0].occupancy = {time: ["a", -5], mapped: [1e30, null], cells: [-4, 1000, "x"], most: 1, table_bytes: 3}' \
    '.windows[0].occupancy = 7' '.explained = [7, null, "\u0001", {}]' '.windows[0].start = "0xffffffffffffffff" | .windows[0].size = 18446744073709551615'; do
    jq "$damage" "$report" >"$work/damaged.json"
    run report "$work/damaged.json" -o "$page"
    ok "a report with $damage gives strict XML with numbers" '0/' \
        "$status/$(strict "$page")$(grep -oE '"(-?nan|-?inf|-[0-9.]+)"' "$page" | head -n 3)"
done
echo old >"$page"
echo '{' >"$work/bad.json"
refused 'a file that is no JSON' 125 "$work/bad.json: it is not JSON" report "$work/bad.json" -o "$page"
echo '{"version": "0.1.0"}' >"$work/bad.json"
refused 'JSON that is no report' 125 "$work/bad.json is no report of format 1*" report "$work/bad.json" -o "$page"
refused 'a file that is not there' 125 "/nowhere: No such file or directory" report /nowhere -o "$page"
ok 'the old page stays' old "$(cat "$page")"
refused 'a page that cannot be written' 125 '/dev/full: No space left on device' report "$report" -o /dev/full
refused 'a page without a place' 125 'usage: spapr-tce report *' report "$report"

# `make check` installs Debian's smallest, chromium-headless-shell, where it can be had.
for browser in chromium chromium-browser chromium-headless-shell ''; do ! command -v "$browser" >/dev/null || break; done
# measured PAGE: what a script says that is put into a copy of the page: pictures, parts that no reader can see, and what
# the page has loaded. The name of the copy has the browser read strict XML.
measured() {
    sed '/^<\/body>$/,$d' "$1" >"$work/measured.xhtml"
    cat >>"$work/measured.xhtml" <<'END'
<pre id="measured"></pre><script>
const pictures = Array.from(document.querySelectorAll('svg'));
const inside = (a, b) => a.left >= b.left - 1 &amp;&amp; a.right &lt;= b.right + 1 &amp;&amp; a.top >= b.top - 1 &amp;&amp; a.bottom &lt;= b.bottom + 1;
const lost = pictures.flatMap(svg => [svg].concat(Array.from(svg.querySelectorAll('rect, line, polyline, polygon, text')))
    .filter(part => !inside(part.getBoundingClientRect(), svg.getBoundingClientRect()) ||
                    (part === svg ? !part.getBoundingClientRect().width : part.tagName === 'text' &amp;&amp; !part.getBBox().width))
    .map(part => svg.id + ': ' + part.tagName + ' ' + part.textContent));
addEventListener('load', () => document.getElementById('measured').textContent = [pictures.map(svg => svg.id).join(' '), lost.join(', '),
    performance.getEntriesByType('resource').length].join('/'));
</script></body></html>
END
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --dump-dom "file://$work/measured.xhtml" 2>"$work/err" |
        sed -n 's|.*<pre id="measured">\(.*\)</pre>.*|\1|p'
}
if [ -n "$browser" ]; then
    for kind in report occupied faults; do
        [ "$kind" = report ] || cp "$work/$kind.json" "$report"
        run report "$report" -o "$page"
        ok "Chromium shows all pictures of the $kind, each part inside its picture, and loads nothing" \
            'map life pages dma calls memory kinds//0' "$(measured "$page")"
    done
else
    for _ in 1 2 3; do skip 'Chromium shows all pictures' 'no chromium here; scripts/install-deps --browser installs one (98 MB)'; done
fi
finish
