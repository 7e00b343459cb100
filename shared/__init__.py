"""What two services or more stand on: the catalogue, the loop, the boxes, the doors."""
