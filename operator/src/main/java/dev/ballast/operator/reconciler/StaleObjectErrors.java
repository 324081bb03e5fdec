package dev.ballast.operator.reconciler;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Recognizes failed status writes of an object that was deleted, or created again, meanwhile. Every
 * status write has the UID, so that it never changes a later object of the same name.
 */
public final class StaleObjectErrors {

  /** The messages of the API server for a wrong UID, of an apply and of an update. */
  private static final Pattern OTHER_UID = Pattern.compile("uid mismatch|UID in precondition");

  private static final int UNPROCESSABLE = 422;

  /** Such a failure is neither reported nor retried. Any other failure is. */
  public static <P extends HasMetadata> ErrorStatusUpdateControl<P> ignoreOrRetry(
      P object, Exception e) {
    return e instanceof KubernetesClientException failure
            && (isMissing(object, failure) || isOtherUid(failure))
        ? ErrorStatusUpdateControl.<P>noStatusUpdate().withNoRetry()
        : ErrorStatusUpdateControl.defaultErrorProcessing();
  }

  /** The 404 of a kind that is not served does not name an object. */
  private static boolean isMissing(HasMetadata object, KubernetesClientException failure) {
    return failure.getCode() == HttpURLConnection.HTTP_NOT_FOUND
        && Optional.ofNullable(failure.getStatus())
            .map(Status::getDetails)
            .filter(details -> object.getMetadata().getName().equals(details.getName()))
            .filter(details -> object.getPlural().equals(details.getKind()))
            .isPresent();
  }

  private static boolean isOtherUid(KubernetesClientException failure) {
    return switch (failure.getCode()) {
      case HttpURLConnection.HTTP_CONFLICT ->
          OTHER_UID.matcher(String.valueOf(failure.getMessage())).find();
      // The object was created again between the check of the API server and its write.
      case UNPROCESSABLE ->
          Optional.ofNullable(failure.getStatus()).map(Status::getDetails).stream()
              .flatMap(details -> details.getCauses().stream())
              .anyMatch(cause -> "metadata.uid".equals(cause.getField()));
      default -> false;
    };
  }

  private StaleObjectErrors() {}
}
