"""The pages that institutions and new staff open from a link, without an account and without JavaScript."""
