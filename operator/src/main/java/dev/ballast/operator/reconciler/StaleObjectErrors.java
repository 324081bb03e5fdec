package dev.ballast.operator.reconciler;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Objects deleted, or made anew, while their status was about to be written. Every such write names
 * the UID, so that it never lands on a later object of the same name.
 */
public final class StaleObjectErrors {

  /** The API server's words for "no object of this UID", of an apply and of an update. */
  private static final Pattern OTHER_UID = Pattern.compile("uid mismatch|UID in precondition");

  private static final int UNPROCESSABLE = 422;

  /** That is no failure to tell of, nor to try again. Any other failure is. */
  public static <P extends HasMetadata> ErrorStatusUpdateControl<P> orRetry(P object, Exception e) {
    return e instanceof KubernetesClientException failure
            && (isMissing(object, failure) || isAnother(failure))
        ? ErrorStatusUpdateControl.<P>noStatusUpdate().withNoRetry()
        : ErrorStatusUpdateControl.defaultErrorProcessing();
  }

  /** A kind that is not served is 404 as well, but names no object. */
  private static boolean isMissing(HasMetadata object, KubernetesClientException failure) {
    return failure.getCode() == HttpURLConnection.HTTP_NOT_FOUND
        && Optional.ofNullable(failure.getStatus())
            .map(Status::getDetails)
            .filter(details -> object.getMetadata().getName().equals(details.getName()))
            .filter(details -> object.getPlural().equals(details.getKind()))
            .isPresent();
  }

  private static boolean isAnother(KubernetesClientException failure) {
    return switch (failure.getCode()) {
      case HttpURLConnection.HTTP_CONFLICT ->
          OTHER_UID.matcher(String.valueOf(failure.getMessage())).find();
      // The object was made anew between the API server's own check and its write.
      case UNPROCESSABLE ->
          Optional.ofNullable(failure.getStatus()).map(Status::getDetails).stream()
              .flatMap(details -> details.getCauses().stream())
              .anyMatch(cause -> "metadata.uid".equals(cause.getField()));
      default -> false;
    };
  }

  private StaleObjectErrors() {}
}
