"""How Sphinx builds these pages: `nox -s docs`. Nothing is fetched from a network."""

import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

PROJECT = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))["project"]

project = "trio_smith"
author = PROJECT["authors"][0]["name"]
project_copyright = author
release = version = PROJECT["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "_extensions.docstrings",
    "_extensions.public_names",
    "_extensions.references",
    "_extensions.errors",
    "_extensions.examples",
    "_extensions.help_text",
    "_extensions.repository",
]
exclude_patterns = ["_build", "_extensions"]

# A name in single backticks in a docstring is a reference, and one that leads nowhere fails the build.
default_role = "py:obj"
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

autodoc_default_options = {"member-order": "bysource"}
autodoc_preserve_defaults = True  # as they are written, for not every default prints as code
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 70
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"trio_smith {release}"
html_static_path = ["_static"]
html_css_files = ["trio_smith.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
