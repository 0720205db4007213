"""What the box can tell about itself afterwards: logs, the flight recorder, reports. None holds what was said."""
