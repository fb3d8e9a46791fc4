#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The scripts of spapr-tce completion complete in bash and in zsh what the program's own tables have.
. "$(dirname "$0")/lib.sh"
mkdir "$work/bin" "$work/folder"
ln -s "$SPAPR_TCE" "$work/bin/spapr-tce"
touch "$work/folder/a file"
export PATH=$work/bin:$PATH
sorted() { sort | tr '\n' ' '; }
in_bash() { # in_bash WORD...: what bash offers for the last word
    timeout 20 bash --norc -c '. <(spapr-tce completion bash) || exit
        COMP_WORDS=(spapr-tce "$@") COMP_CWORD=$#
        _spapr_tce && printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>&1 | sorted
}

commands=$("$SPAPR_TCE" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sorted)
options=$("$SPAPR_TCE" run --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p' | sorted)
ok 'bash completes commands' "$commands" "$(in_bash '')"
ok 'and the commands that help describes' "$commands" "$(in_bash help '')"
ok 'the options of run are those that it has' "$options" "$(in_bash run -)"
ok 'of which those that begin so' "$(tr ' ' '\n' <<<"$options" | grep '^--trace-' | sorted)" "$(in_bash run --trace-)"
ok 'choices' 'json perfetto text ' "$(in_bash run --trace-format '')"
ok 'choices after an equals sign, where bash cuts the word' 'off on ' "$(in_bash run --share = o)"
ok 'platforms' 'power10 power8 power9 ' "$(in_bash run --quiet --platform power)"
ok 'platforms of the command' 'p5ioc2 ' "$(in_bash platform p5)"
ok 'trace events' 'dma_fault dma_read dma_write ' "$(in_bash run --trace dma_)"
ok 'trace events behind a comma and a minus' 'vfio_*,-vfio_spapr_map ' "$(in_bash run --trace 'vfio_*,-vfio_spapr_m')"
ok 'types of devices' 'dmatest dmatest, ' "$(in_bash run --device dma)"
ok 'their properties' 'dmatest,group= ' "$(in_bash run --device dmatest,g)"
ok 'and what these can be' 'dmatest,mmap=auto dmatest,mmap=off dmatest,mmap=on ' "$(in_bash run --device dmatest,mmap=)"
ok 'files' "$work/folder/a file " "$(in_bash run --report "$work/folder/")"
ok 'programs' 'spapr-tce ' "$(in_bash run --quiet -- spapr-tc)"
ok 'files after the program' "$work/folder/a file " "$(in_bash run --quiet --share on -- cat "$work/folder/")"
ok 'an option of the program is not ours' '' "$(in_bash run -- cat --trace- | tr -d ' ')"

# What the script offers zsh. zsh's own functions, which need a terminal, are replaced by ones that print.
in_zsh() {
    timeout 20 zsh -f -c 'compdef() { :; }
        compadd() { while [ "$1" != -- ]; do shift; done; print -r -- "$2"; }
        _files() { print files; }
        _command_names() { print commands; }
        . <(spapr-tce completion zsh) || exit
        words=(spapr-tce "$@") CURRENT=$(($# + 1))
        _spapr_tce' zsh "$@" 2>&1 | sorted
}
if command -v zsh >/dev/null; then
    ok 'zsh reads its script' '' "$("$SPAPR_TCE" completion zsh | zsh -n 2>&1)"
    ok 'zsh completes commands' "$commands" "$(in_zsh '')"
    ok 'options' "$options" "$(in_zsh run -)"
    ok 'and their values' '--trace-format=json --trace-format=perfetto --trace-format=text ' "$(in_zsh run --trace-format=p)"
    ok 'files and programs' 'files commands ' "$(in_zsh run --report '')$(in_zsh run --quiet -- '')"
else
    for name in 'zsh reads its script' 'zsh completes commands' 'options' 'and their values' 'files and programs'; do
        skip "$name" 'no zsh here'
    done
fi
refused 'another shell' 125 'usage: spapr-tce completion *' completion fish
refused 'no shell' 125 'usage: spapr-tce completion *' completion
finish
