import torch

points = [(1.0, 3.0), (2.0, 5.0), (3.0, 7.0)]
x, y = torch.tensor(points).T
w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
for step in range(1, 101):
    loss = ((w * x + b - y) ** 2).mean()
    gradient_w, gradient_b = torch.autograd.grad(loss, [w, b])
    if step == 1:
        print(f"loss {loss:.3f}, gradient {gradient_w.item():.3f} {gradient_b.item():.3f}")
    with torch.no_grad():
        w -= 0.1 * gradient_w
        b -= 0.1 * gradient_b
print(f"w {w.item():.2f}, b {b.item():.2f}")
#> loss 27.667, gradient -22.667 -10.000
#> w 2.00, b 0.99
