"""What the box can do besides talking: tools, who may call them, and calls that happen once or not at all."""
