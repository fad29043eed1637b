"""Azure Speech as what hears and speaks. Importing it loads the SDK's native library."""

from voice.engines.azure.engines import AzureEngines

__all__ = ["AzureEngines"]
