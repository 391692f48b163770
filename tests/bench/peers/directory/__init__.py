"""A Django project with django-scim2, as its documentation says, to be measured beside Muster."""
