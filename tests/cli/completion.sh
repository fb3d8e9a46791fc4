#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The scripts of spapr-tce completion complete in bash and in zsh what the program's own tables have, for all commands.
. "$(dirname "$0")/lib.sh"
mkdir "$work/bin" "$work/folder"
ln -s "$SPAPR_TCE" "$work/bin/spapr-tce"
touch "$work/folder/a file"
export PATH=$work/bin:$PATH
keep_runs_apart
sorted() { sort | tr '\n' ' '; }
in_bash() { # in_bash WORD...: what bash offers for the last word
    timeout 20 bash --norc -c '. <(spapr-tce completion bash) || exit
        COMP_WORDS=(spapr-tce "$@") COMP_CWORD=$#
        _spapr_tce && printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>&1 | sorted
}

commands=$("$SPAPR_TCE" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sorted)
options=$("$SPAPR_TCE" run --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p' | sorted)
ok 'bash completes commands' "$commands" "$(in_bash '')"
ok 'and the commands that help describes' "$commands" "$(in_bash help '' | tr ' ' '\n' | grep '^[a-z]*$' | grep -v '^topics$' | sorted)"
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
ok 'of replay: files' "$work/folder/a file " "$(in_bash replay --partial "$work/folder/")"
ok 'and the values of the options of run' 'power10 power8 power9 ' "$(in_bash replay --platform power)"
ok 'programs' 'spapr-tce ' "$(in_bash run --quiet -- spapr-tc)"
ok 'files after the program' "$work/folder/a file " "$(in_bash run --quiet --share on -- cat "$work/folder/")"
ok 'each command completes the options that its help describes, and no other' '' "$(for command in $commands; do
        [ "$command" != run ] || continue
        described=$("$SPAPR_TCE" help "$command" | sed -n '/^usage/{s/[][]/ /g; s/ -/\n-/gp}; s/^  \(-[-a-z]*\).*/\1/p' |
            sed -n 's/^\(-[-a-z]*\).*/\1/p' | sort -u | tr '\n' ' ')
        offered=$( (in_bash "$command" -; in_bash "$command" "$work/run.json" -) | tr ' ' '\n' | grep '^-' | sort -u | tr '\n' ' ')
        [ "$described" = "$offered" ] || echo "$command: described '$described', offered '$offered'"
    done)"
ok 'top completes no option for the value of one' '' "$(in_bash top --interval - | tr -d ' ')"
ok 'benchmarks' 'put-get put-indirect ' "$(in_bash bench --rounds 40 put)"
ok 'what can be done to a group' 'freeze ' "$(in_bash eeh f)"
ok 'what can be done with functions, and which' 'add del dmatest dmatest, ' "$(in_bash device '')$(in_bash device add dma)"
ok 'a report and its page' "$work/folder/a file -o $work/folder/a file " \
    "$(in_bash report "$work/folder/")$(in_bash report run.json '')$(in_bash report run.json -o "$work/folder/")"
ok 'device trees' "$work/folder/a file " "$(in_bash dt "$work/folder/")"
ok 'shells' 'bash ' "$(in_bash completion b)"
if [ -d "$(dirname "$SPAPR_TCE")/man/text" ]; then
    ok 'manual pages' 'topics vfio-spapr.4 ' "$(in_bash help topi)$(in_bash help vfio)"
else
    skip 'manual pages' 'there was no mandoc when they were built'
fi
ok 'a command that takes nothing completes nothing' '' "$(in_bash version '' | tr -d ' ')$(in_bash ps '' | tr -d ' ')"
ok 'an option of the program is not ours' '' "$(in_bash run -- cat --trace- | tr -d ' ')"

# A run that lives.
mkfifo "$work/pipe"
"$SPAPR_TCE" run --quiet --device dmatest -- sh -c 'echo "$SPAPR_TCE_RUN" >"$1.new"; read -r line' sh "$work/pipe" <"$work/pipe" &
exec {pipe}>"$work/pipe"
while ! [ -s "$work/pipe.new" ]; do sleep 0.02; done
read -r directory <"$work/pipe.new"
name=${directory##*-}
for command in show top why eeh device\ del; do
    # shellcheck disable=SC2086  # two words are wanted
    ok "$command completes runs" "$name " "$(in_bash $command "${name:0:3}")"
done
ok 'top completes runs behind its options' "$name " "$(in_bash top --count 3 --json "${name:0:3}")"
ok 'behind a run, what can be done to a group' 'freeze ' "$(in_bash eeh "$name" f)"
exec {pipe}>&-
wait

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
    ok 'options of another command' '--count --interval --json ' "$(in_zsh top -)"
    ok 'files and programs' 'files commands ' "$(in_zsh run --report '')$(in_zsh run --quiet -- '')"
else
    for name in 'zsh reads its script' 'zsh completes commands' 'options' 'and their values' 'options of another command' 'files and programs'; do
        skip "$name" 'no zsh here'
    done
fi
refused 'another shell' 125 'usage: spapr-tce completion *' completion fish
refused 'no shell' 125 'usage: spapr-tce completion *' completion
finish
