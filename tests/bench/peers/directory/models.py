"""People and groups, with an index for each key that is looked up."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class User(AbstractSCIMUserMixin, AbstractBaseUser):
    """Somebody."""

    username = models.CharField(max_length=254, unique=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True, db_index=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    USERNAME_FIELD = "username"
    objects = BaseUserManager()


class Group(AbstractSCIMGroupMixin):
    """A group."""

    name = models.CharField(max_length=254, unique=True)
    user_set = models.ManyToManyField(User, related_name="scim_groups")
