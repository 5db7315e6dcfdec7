"""What a helpdesk is: values, rules and decisions, in the standard library, with `now` as an argument."""
