{# Nothing but a comment. #}
