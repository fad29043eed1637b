"""What hears and speaks in calls: backends of contracts.speech."""
