"""Trial registries: asked, believed or doubted, compared with what was held."""
