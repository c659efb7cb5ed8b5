"""AI-token market and GPU-capacity reports, every number traceable."""
