"""What departments report of a week: the form that goes out, and the form that comes back."""
