"""Pictures that are asked for: a name server, a platform that keeps pictures, and who may ask."""
