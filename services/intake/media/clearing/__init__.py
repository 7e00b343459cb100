"""The way from a stranger's bytes to something harmless.

``clearing.Clearing`` is the face of this room. Only a child process without keys, files and network
opens a picture (``zygote``, ``confinement``, ``picture``); what it hands back is checked byte by
byte before anybody believes it (``wire``, ``harmless``).
"""
