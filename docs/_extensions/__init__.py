"""What our pages need beside Sphinx's own: each file is one extension."""
