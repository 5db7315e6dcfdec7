"""What a helpdesk is: values, rules and decisions, with the standard library only and `now` as an argument."""
