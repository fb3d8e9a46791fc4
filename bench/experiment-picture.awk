# SPDX-License-Identifier: BSD-2-Clause
# Draws the table of bench/experiment, behind experiment.awk: how many times as fast as way a the ways b and c are. A row is
# a line from a to the fastest, on a logarithmic axis.

function x(ratio) { return sprintf("%.1f", 250 + 90 * log(ratio) / log(2)) }

function speed_text(mb_s) { return mb_s ? sprintf("%.*f", mb_s < 100, mb_s) : "-" }

function write_text(at, words, anchor) {
    printf "<text x=\"%s\" y=\"%d\"%s>%s</text>\n", at, y + 4, anchor ? " text-anchor=\"" anchor "\"" : "", words
}

function write_line(from, to, from_y, to_y, style) {
    printf "<line x1=\"%s\" y1=\"%d\" x2=\"%s\" y2=\"%d\" %s />\n", from, from_y, to, to_y, style
}

function title(words) {
    y += 30
    printf "<text x=\"12\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y + 4, words
}

# write_row(NAME, A, B, C): speeds; 0 is a way that is not there
function write_row(name, a, b, c,    most) {
    y += 19
    most = c > b ? c : b
    write_text(24, name)
    write_line(x(1), x(most / a), y, y, "stroke=\"#bbb\" stroke-width=\"2\"")
    dot(1, "a")
    if (c) dot(c / a, "c")
    if (b) dot(b / a, "b")
    write_text(765, speed_text(a), "end")
    write_text(840, speed_text(b), "end")
    write_text(905, speed_text(c), "end")
}

function dot(ratio, way) {
    printf "<circle cx=\"%s\" cy=\"%d\" r=\"5\" fill=\"%s\" />\n", x(ratio), y, colour[way]
}

function label(segment) { return segment == "1500" ? "1500 bytes" : "64 KiB" }

function speed_of(machine, way, segment,    key) {
    key = machine SUBSEP way SUBSEP segment
    return key in streams ? of(speed, key) : 0
}

# rows_of(MACHINE): the rows that were measured there
function rows_of(machine,    s) {
    for (s = 1; s <= segment_count; s++)
        if (speed_of(machine, "a", segments[s]))
            write_row(where[machine] ", " label(segments[s]), speed_of(machine, "a", segments[s]),
                speed_of(machine, "b", segments[s]), speed_of(machine, "c", segments[s]))
}

BEGIN {
    colour["a"] = "#7f7f7f"
    colour["b"] = "#4f81bd"
    colour["c"] = "#4f9d4f"
    where["linux"] = "KVM, Linux's VFIO"
    where["powernv"] = "KVM, our VFIO"
    where["here"] = "no KVM, interpreted"
    where["loop"] = "a loop, no guest"
}

function legend() {
    y = 22
    printf "<g><circle cx=\"24\" cy=\"22\" r=\"5\" fill=\"%s\" /><circle cx=\"310\" cy=\"22\" r=\"5\" fill=\"%s\" />", colour["a"], colour["b"]
    printf "<circle cx=\"600\" cy=\"22\" r=\"5\" fill=\"%s\" /></g>\n", colour["c"]
    write_text(36, "a: each map and unmap exits to the VMM")
    write_text(322, "b: the link finishes it in place")
    write_text(612, "c: a dynamic window, no calls")
}

# grid(BOTTOM): powers of 2, from 1 to 32
function grid(bottom,    ratio) {
    y = bottom + 12
    for (ratio = 1; ratio <= 32; ratio *= 2) {
        write_line(x(ratio), x(ratio), 40, bottom, "stroke=\"#ddd\"")
        write_text(x(ratio), ratio "x", "middle")
    }
    y = 46
    write_text(765, "a", "end")
    write_text(840, "b", "end")
    write_text(905, "c MB/s", "end")
}

END {
    rows = 1
    for (s = 1; s <= segment_count; s++)
        rows += cost_count * (guest_of(segments[s]) in streams)
    for (m = 1; m <= machine_count; m++)
        for (s = 1; s <= segment_count; s++)
            rows += speed_of(machines[m], "a", segments[s]) != 0
    height = 170 + 19 * rows
    print "<!-- SPDX-License-" "Identifier: BSD-2-Clause -->"
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"920\" height=\"%d\" viewBox=\"0 0 920 %d\" role=\"img\"", height, height
    print " style=\"font: 12px sans-serif; background: white\">"
    print "<title>The speed of a TCP stream in three ways of mapping its packets, as multiples of the first</title>"
    legend()
    grid(height - 28)
    y = 26
    title("measured")
    for (m = 1; m <= machine_count; m++)
        rows_of(machines[m])
    title("computed with published costs")
    for (i = 1; i <= cost_count; i++)
        for (s = 1; s <= segment_count; s++)
            if (compute(cost_line[i], segments[s]))
                write_row(computed["name"] ", " label(segments[s]), computed["a"], computed["b"], computed["c"])
    title("published in 2013")
    y += 19
    write_text(24, "POWER, a 10 Gb/s card")
    write_line(x(1), x(750 / 220), y, y, "stroke=\"#bbb\" stroke-width=\"2\"")
    write_line(x(750 / 220), x(1020 / 220), y, y, "stroke=\"" colour["b"] "\" stroke-width=\"10\" stroke-linecap=\"round\"")
    dot(1, "a")
    write_text(765, 220, "end")
    write_text(840, "750-1020", "end")
    print "</svg>"
}
