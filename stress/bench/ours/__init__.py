"""The measuring programs that use trio_smith, as a reader of its documentation would write them."""
