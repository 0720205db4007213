"""What strangers, damaged disks and clumsy owners can give the box to read, and what it must survive."""
