"""Programs of their own that take part in calls. A panic of the native SDK kills only them."""
