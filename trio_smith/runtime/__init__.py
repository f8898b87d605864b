"""Run a tree as a program: settings, a planned start, signals, an orderly stop in phases, logs."""

from ._application import Application as Application
from ._application import TreeSource as TreeSource
from ._application import build_spec as build_spec
from ._application import load_application as load_application
from ._ask_tree import TreeUnreachable as TreeUnreachable
from ._ask_tree import ask_tree as ask_tree
from ._ask_tree import running as running
from ._current import NoRuntime as NoRuntime
from ._current import current_runtime as current_runtime
from ._open import open_runtime as open_runtime
from ._phases import Phase as Phase
from ._phases import PhaseOutcome as PhaseOutcome
from ._run_dir import run_dir_of as run_dir_of
from ._runtime import Runtime as Runtime
from ._runtime import StartTooSlow as StartTooSlow
