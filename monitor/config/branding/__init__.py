"""How the service presents itself: the block `branding:`, its logo and colours, and the folder of own templates."""
