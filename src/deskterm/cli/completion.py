"""Completion scripts for shells, generated from the parser, so that they never say what it does not know."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from deskterm.cli.parser import build
from deskterm.cli.session import Session


@dataclass(frozen=True, slots=True)
class Words:
    """What may follow a verb ("" for none yet): options with their help, and fixed words."""

    verb: str
    help: str
    options: tuple[tuple[str, str], ...]
    choices: tuple[str, ...]
    by_option: tuple[tuple[str, tuple[str, ...]], ...]


def completion(session: Session) -> int:
    """Print the script of a shell."""
    sys.stdout.write({"bash": bash, "zsh": zsh, "fish": fish}[session.options.shell](words()))
    return 0


def words() -> list[Words]:
    """Return what the parser knows: the part before a verb first, then every verb."""
    parser = build()
    found = [_of(parser, "", "")]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            found += [_of(child, name, helps.get(name, "")) for name, child in action.choices.items()]
    return found


def _of(parser: argparse.ArgumentParser, verb: str, help: str) -> Words:
    options: list[tuple[str, str]] = []
    choices: list[str] = []
    by_option: list[tuple[str, tuple[str, ...]]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            choices += action.choices
            continue
        fixed = tuple(str(choice) for choice in action.choices or ())
        if not action.option_strings:
            choices += fixed
        for option in action.option_strings:
            options.append((option, action.help or ""))
            if fixed:
                by_option.append((option, fixed))
    return Words(verb, help, tuple(options), tuple(choices), tuple(by_option))


def bash(known: list[Words]) -> str:
    """Return the script for bash."""
    verbs = " ".join(known[0].choices)
    cases = [
        f'    {one.verb}) words="{" ".join([*one.choices, *(name for name, _ in one.options)])}" ;;'
        for one in known[1:]
    ]
    values = [
        f'    "{one.verb} {option}") words="{" ".join(fixed)}" ;;'
        for one in known[1:]
        for option, fixed in one.by_option
    ]
    first = " ".join([verbs, *(name for name, _ in known[0].options)])
    lines = [
        "# deskterm completion for bash: source <(deskterm completion bash)",
        "_deskterm() {",
        '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" verb="" words="" i',
        "  for ((i = 1; i < COMP_CWORD; i++)); do",
        '    case "${COMP_WORDS[i]}" in',
        "      --db|--as|--config|--layout|--theme) i=$((i + 1)) ;;",
        "      -*) ;;",
        '      *) verb="${COMP_WORDS[i]}"; break ;;',
        "    esac",
        "  done",
        '  case "$verb" in',
        f'    "") words="{first}" ;;',
        *cases,
        "  esac",
        '  case "$verb $before" in',
        *values,
        "  esac",
        '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        "complete -o default -F _deskterm deskterm",
    ]
    return "\n".join(lines) + "\n"


def zsh(known: list[Words]) -> str:
    """Return the script for zsh."""
    cases: list[str] = []
    for one in known[1:]:
        options = " ".join(_quoted(f"{name}:{text}") for name, text in one.options)
        fixed = " ".join(map(_quoted, one.choices))
        cases += [f"    {one.verb})", f"      options=({options})", f"      fixed=({fixed})", "      ;;"]
    lines = [
        "#compdef deskterm",
        '# deskterm completion for zsh: deskterm completion zsh > "${fpath[1]}/_deskterm"',
        "_deskterm() {",
        "  local verb='' place",
        "  local -a verbs options fixed",
        "  verbs=(",
        *(f"    {_quoted(f'{one.verb}:{one.help}')}" for one in known[1:]),
        "  )",
        "  for ((place = 2; place < CURRENT; place++)); do",
        '    case "${words[place]}" in',
        "      --db|--as|--config|--layout|--theme) ((place++)) ;;",
        "      -*) ;;",
        '      *) verb="${words[place]}"; break ;;',
        "    esac",
        "  done",
        '  if [[ -z "$verb" ]]; then _describe command verbs; return; fi',
        '  case "$verb" in',
        *cases,
        "  esac",
        "  ((${#fixed})) && _describe value fixed",
        "  _describe option options",
        "  _files",
        "}",
        '_deskterm "$@"',
    ]
    return "\n".join(lines) + "\n"


def fish(known: list[Words]) -> str:
    """Return the script for fish."""
    lines = [
        "# deskterm completion for fish: deskterm completion fish > ~/.config/fish/completions/deskterm.fish"
    ]
    names = " ".join(known[0].choices)
    for one in known:
        here = (
            f"'__fish_seen_subcommand_from {one.verb}'"
            if one.verb
            else f"'not __fish_seen_subcommand_from {names}'"
        )
        if one.verb:
            asked = f"'not __fish_seen_subcommand_from {names}'"
            lines.append(f"complete -c deskterm -f -n {asked} -a {one.verb} -d {_quoted(one.help)}")
            if one.choices:
                lines.append(f"complete -c deskterm -n {here} -a {_quoted(' '.join(one.choices))}")
        values = dict(one.by_option)
        for name, text in one.options:
            flag = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
            fixed = f" -x -a {_quoted(' '.join(values[name]))}" if name in values else ""
            lines.append(f"complete -c deskterm -n {here} {flag}{fixed} -d {_quoted(text)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("%%", "%").replace("\\", "\\\\").replace("'", "'\\''") + "'"
