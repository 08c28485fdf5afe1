"""What the desk is drawn with. Widgets pull from the read model when told to; none watches another widget."""
