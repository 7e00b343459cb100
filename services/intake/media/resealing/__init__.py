"""What older keys have sealed is sealed anew for the first one."""
