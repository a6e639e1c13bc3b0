-- %% every type big=12345678901 empty={} flag=true list=[1, "two", null, [3.5]] map={"a": {"b": [1, 2]}, "c": null} negative=-3 off=false real=0.0001 small=1e-07 text="a \"quoted\" = text, with {braces} and \\" zero=0
x = 1
