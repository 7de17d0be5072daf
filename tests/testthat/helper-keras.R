# A stand-in for Keras in Python, and for the module of this package that needs it.

stand_in_keras <- function(version = "3.15.1", backend = "torch", floatx = "float32") {
  reticulate::py_run_string("
import sys
import types

class CirclelossStandIn:
    def __init__(self, **settings):
        if settings['name'] == 'refused':
            raise ValueError('refused')
        self.settings = settings
        self.dtype = settings.get('dtype')

    def get_config(self):
        return {name: self.settings[name] for name in self.settings if name != 'dtype'}

class CirclelossConfig:
    def __init__(self, floatx):
        self.value = floatx

    def floatx(self):
        return self.value

    def set_floatx(self, value):
        self.value = value

def circleloss_keras(version, backend, floatx):
    keras = types.ModuleType('keras')
    keras.__version__ = version
    keras.backend = types.SimpleNamespace(backend=lambda: backend)
    keras.config = CirclelossConfig(floatx)
    keras.losses = types.SimpleNamespace(Circle=CirclelossStandIn)
    sys.modules['keras'] = keras

def circleloss_native():
    native = types.ModuleType('circleloss')
    native.load = lambda path: path
    native.keras = types.ModuleType('circleloss.keras')
    native.keras.NativeCircle = CirclelossStandIn
    sys.modules['circleloss'] = native
    sys.modules['circleloss.keras'] = native.keras

def circleloss_forget(*modules):
    for module in modules:
        sys.modules.pop(module, None)
")
  main <- reticulate::import_main()
  main$circleloss_keras(version, backend, floatx)
  main$circleloss_native()
}

# Leaves modules of Python as they were.
forget_stand_ins <- function() {
  reticulate::import_main()$circleloss_forget("keras", "circleloss", "circleloss.keras")
}

with_keras <- function(code, ...) {
  stand_in_keras(...)
  on.exit(forget_stand_ins())
  code
}
