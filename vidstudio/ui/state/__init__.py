"""What the views show: QObjects that live in the GUI thread and hold no widgets."""
